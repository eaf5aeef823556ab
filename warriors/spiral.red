;redcode-94
;name Spiral
;author Primordia
;strategy Three imps a third of the core apart: each writes the instruction that another will execute.
;assert CORESIZE > 100
third   equ     (CORESIZE/3+1)
start   spl.b   $second
        spl.b   $third2
        jmp.a   $imp
second  jmp.a   $imp+third
third2  jmp.a   $imp+2*third
imp     mov.i   #0, third
        end     start
