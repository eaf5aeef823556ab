;redcode-94
;name Vampire
;author Primordia
;strategy Throws jumps into the core that lead to its pit, where captured processes split until they are worth nothing.
;assert CORESIZE > 500
step    equ     1471
start   sub.f   $reach, $fang
        mov.i   $fang, @fang
        jmp.a   $start
reach   dat.f   #-step, #step
fang    jmp.a   $pit-step, $step
        for     10
        dat.f   $0, $0
        rof
pit     spl.b   $0, $0
        jmp.a   $pit
        end     start
