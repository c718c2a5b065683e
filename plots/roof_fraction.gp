# Share of the same-page roof with interval. The axis ends at the roof. quick.sh sets terminal and output, `machine`,
# and `data`: a table of row, label, value, low, high, roof.
set datafile missing '?'
stats data using 1 nooutput
set title machine
set yrange [STATS_max + 0.7 : 0.3]
set xrange [0 : 1]
set xlabel 'share of the same-page roof (variant, threads)'
set key below horizontal
set border 3
set tics nomirror
set errorbars 0
plot data using (0):1:3:(0):ytic(2) with vectors nohead lw 8 lc rgb '#56B4E9' title 'measured', \
     '' using 3:1:4:5 with xerrorbars lt 1 pt 7 lc rgb '#000000' title '95 % interval'
