;redcode-94
;name Spiral
;author Primordia
;strategy Three imps a third of the core apart: each writes the instruction that the next one executes.
;assert CORESIZE > 100
third   equ     (CORESIZE/3+1)
start   spl.b   $one
        spl.b   $three
        jmp.a   $imp+third
one     jmp.a   $imp
three   jmp.a   $imp+2*third
imp     mov.i   #0, $third
        end     start
