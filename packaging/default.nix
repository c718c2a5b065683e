# Nix definition, built from the source tree that it is in:
#   nix-build packaging
{ pkgs ? import <nixpkgs> { } }:

pkgs.stdenv.mkDerivation {
  pname = "memwall";
  version = "0.1.0";
  src = pkgs.lib.cleanSource ./..;

  nativeBuildInputs = [ pkgs.meson pkgs.ninja pkgs.pkg-config pkgs.python3 ];
  buildInputs = [ pkgs.gbenchmark pkgs.hwloc pkgs.jansson pkgs.pcre2 pkgs.xxHash ]
    ++ pkgs.lib.optional pkgs.stdenv.hostPlatform.isx86_64 pkgs.simde;

  # Hardening adds compiler flags, and kernels/meson.build alone sets those of kernels.
  hardeningDisable = [ "all" ];

  doInstallCheck = true;
  installCheckPhase = ''
    MEMWALL_CACHE=$TMPDIR/cache $out/bin/memwall bench --model=synthetic:stories260K --tokens=26 --reps=1 \
      --threads=1 --out=$TMPDIR/run
  '';

  meta = {
    description = "Measures LLM decoding against the memory bandwidth of a CPU";
    homepage = "https://arxiv.org/abs/2601.03324";
    license = pkgs.lib.licenses.mit;
    platforms = [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ];
    mainProgram = "memwall";
  };
}
