# Tokens/s with interval and same-page roof. quick.sh sets terminal and output, `machine`, and `data`: a table of
# row, label, value, low, high, roof.
set datafile missing '?'
stats data using 1 nooutput
stats data using 6 nooutput name 'roof'
set title machine
set yrange [STATS_max + 0.7 : 0.3]
if (exists('roof_max')) set xrange [0 : roof_max]; else set xrange [0 : *]
set xlabel 'tokens/s (variant, threads); axis ends at the highest roof'
set key below horizontal
set border 3
set tics nomirror
set errorbars 0
plot data using (0):1:3:(0):ytic(2) with vectors nohead lw 8 lc rgb '#56B4E9' title 'measured', \
     '' using 3:1:4:5 with xerrorbars lt 1 pt 7 lc rgb '#000000' title '95 % interval', \
     '' using 6:1 with points pt 2 lw 2 lc rgb '#D55E00' title 'same-page roof'
