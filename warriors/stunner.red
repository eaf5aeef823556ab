;redcode-94
;name Stunner
;author Primordia
;strategy Bombs with SPL 0 first, so that opponents spend their turns on splitting; then wipes the core.
;assert CORESIZE == 8000 || 1
step    equ     2667
times   equ     1200
start   mov.i   $bomb, @aim
aim     add.ab  #step, $aim
        djn.b   $start, #times
clear   mov.i   $wipe, >point
        jmp.a   $clear
bomb    spl.b   $0, $0
wipe    dat.f   $1, $30
point   dat.f   $0, $30
        end     start
