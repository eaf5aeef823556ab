;redcode-94
;name Dwarf
;author Primordia
;strategy Drops a bomb on every fourth cell, and steps over itself.
;assert CORESIZE % 4 == 0
step    equ     4       ;tune step 1..3999
        add.ab  #step, $bomb
        mov.i   $bomb, @bomb
        jmp.a   $-2
bomb    dat.f   #0, #0
