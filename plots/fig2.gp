# Distribution of token latency, and its moving average over 10 tokens with a band of one standard deviation, for
# variant tvl on one thread without the first 10 tokens. quick.sh sets terminal and output, `machine`, and `data`:
# block 0 holds latency and share, block 1 token, mean, deviation.
stats data index 0 using 1 nooutput name 'all'
text = GPVAL_TERM eq 'dumb'
set multiplot layout (text ? 2 : 1),(text ? 1 : 2) title sprintf("%s, tvl, n = %d tokens", machine, all_records)
set border 3
set tics nomirror
set key below
if (!text) set xtics rotate by -40; set lmargin 12
set xlabel 'token latency (us)'
if (!text) set ylabel 'share of tokens'
set yrange [0 : 1]
plot data index 0 using 1:2 with steps lw 2 lc rgb '#0072B2' title sprintf('share of tokens, P50 %.0f us', all_median)
set xlabel 'token'
if (!text) set ylabel 'latency (us)'
set yrange [*:*]
plot data index 1 using 1:($2-$3):($2+$3) with filledcurves fs transparent solid 0.25 lc rgb '#56B4E9' \
          title 'one standard deviation', \
     '' index 1 using 1:2 with lines lw 2 lc rgb '#0072B2' title 'mean latency of 10 tokens (us)'
unset multiplot
