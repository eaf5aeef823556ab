;redcode-94
;name Sweeper
;author Primordia
;strategy Wipes the core upwards, one cell after the other, until it meets itself.
;assert CORESIZE > 50
start   mov.i   $wipe, >point
        jmp.a   $start
point   dat.f   $0, $20
wipe    dat.f   $1, $1
        end     start
