;redcode-94
;name Gate
;author Primordia
;strategy Stands still and decrements a cell ahead of it: imps that step there lose their footing.
;assert 1
gate    jmp.a   $gate, <gate-3
