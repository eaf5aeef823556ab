;redcode-94
;name Scanner
;author Primordia
;strategy Compares pairs of cells; where they differ somebody has been, and it bombs there.
;assert CORESIZE > 200
step    equ     14
gap     equ     7
start   add.f   $stride, $scan
scan    sne.i   $100, $100+gap
        jmp.a   $start
        slt.ab  #60, $scan
        jmp.a   $start
        mov.i   $trap, @scan
        mov.i   $trap, *scan
        jmp.a   $start
stride  dat.f   #step, #step
trap    spl.b   $0, $0
        end     start
