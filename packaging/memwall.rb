# Homebrew formula. The release script fills in the address and the checksum of the archive:
#   brew install --build-from-source ./memwall.rb
class Memwall < Formula
  desc "Measures LLM decoding against the memory bandwidth of a CPU"
  homepage "https://arxiv.org/abs/2601.03324"
  url "@URL@"
  sha256 "@SHA256@"
  license "MIT"

  depends_on "meson" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "google-benchmark"
  depends_on "hwloc"
  depends_on "jansson"
  depends_on "pcre2"
  depends_on "xxhash"
  on_intel do
    depends_on "simde" => :build
  end

  def install
    system "meson", "setup", "build", "--buildtype=release", *std_meson_args
    system "meson", "compile", "-C", "build"
    system "meson", "install", "-C", "build"
  end

  test do
    ENV["MEMWALL_CACHE"] = testpath/"cache"
    system bin/"memwall", "bench", "--model=synthetic:stories260K", "--tokens=26", "--reps=1", "--threads=1",
           "--out=run"
    assert_match "tokens_per_s", (testpath/"run/results.csv").read
    (testpath/"version.c").write <<~C
      #include <memwall/gemv.h>
      #include <stdio.h>
      int main(void) { return puts(memwall_version()) < 0; }
    C
    system ENV.cc, "version.c", "-I#{include}", "-L#{lib}", "-lmemwall_kernels", "-o", "version"
    assert_equal version.to_s, shell_output("./version").strip
  end
end
