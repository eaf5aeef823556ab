;redcode-94
;name Threads
;author Primordia
;strategy Several processes copy it in step: the copy is entered before it is written.
;assert CORESIZE > 3000
leap    equ     2365
start   spl.b   $1
        spl.b   $1
        mov.i   $-1, $0
body    spl.b   @0, >leap
        mov.i   }body, >body
        mov.i   }body, >body
        jmp.a   $body, <-leap
        end     start
