;redcode-94
;name Imp
;author Primordia
;strategy Copies itself to the next cell, forever.
;assert 1
        mov.i   $0, $1
