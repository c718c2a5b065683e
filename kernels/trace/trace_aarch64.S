/* mw_trace_access: appends the record (x16, x17) and changes nothing but x30, which its caller saves. */
    .text
    .globl mw_trace_access
    .hidden mw_trace_access
    .type mw_trace_access, %function
mw_trace_access:
    stp x0, x1, [sp, -48]!
    stp x2, x3, [sp, 16]
    mrs x3, nzcv
    str x3, [sp, 32]
    adrp x0, mw_trace_next
    ldr x1, [x0, :lo12:mw_trace_next]
    stp x16, x17, [x1], 16
    str x1, [x0, :lo12:mw_trace_next]
    adrp x2, mw_trace_end
    ldr x2, [x2, :lo12:mw_trace_end]
    cmp x1, x2
    b.eq 2f
1:  ldr x3, [sp, 32]
    msr nzcv, x3
    ldp x2, x3, [sp, 16]
    ldp x0, x1, [sp], 48
    ret

/* The buffer is full. C code may change all of these; of q8 to q15 it preserves only the lower halves. */
2:  stp x29, x30, [sp, -16]!
    mov x29, sp
    stp x4, x5, [sp, -16]!
    stp x6, x7, [sp, -16]!
    stp x8, x9, [sp, -16]!
    stp x10, x11, [sp, -16]!
    stp x12, x13, [sp, -16]!
    stp x14, x15, [sp, -16]!
    stp x16, x17, [sp, -16]!
    str x18, [sp, -16]!
    stp q0, q1, [sp, -32]!
    stp q2, q3, [sp, -32]!
    stp q4, q5, [sp, -32]!
    stp q6, q7, [sp, -32]!
    stp q8, q9, [sp, -32]!
    stp q10, q11, [sp, -32]!
    stp q12, q13, [sp, -32]!
    stp q14, q15, [sp, -32]!
    stp q16, q17, [sp, -32]!
    stp q18, q19, [sp, -32]!
    stp q20, q21, [sp, -32]!
    stp q22, q23, [sp, -32]!
    stp q24, q25, [sp, -32]!
    stp q26, q27, [sp, -32]!
    stp q28, q29, [sp, -32]!
    stp q30, q31, [sp, -32]!
    bl mw_trace_full
    ldp q30, q31, [sp], 32
    ldp q28, q29, [sp], 32
    ldp q26, q27, [sp], 32
    ldp q24, q25, [sp], 32
    ldp q22, q23, [sp], 32
    ldp q20, q21, [sp], 32
    ldp q18, q19, [sp], 32
    ldp q16, q17, [sp], 32
    ldp q14, q15, [sp], 32
    ldp q12, q13, [sp], 32
    ldp q10, q11, [sp], 32
    ldp q8, q9, [sp], 32
    ldp q6, q7, [sp], 32
    ldp q4, q5, [sp], 32
    ldp q2, q3, [sp], 32
    ldp q0, q1, [sp], 32
    ldr x18, [sp], 16
    ldp x16, x17, [sp], 16
    ldp x14, x15, [sp], 16
    ldp x12, x13, [sp], 16
    ldp x10, x11, [sp], 16
    ldp x8, x9, [sp], 16
    ldp x6, x7, [sp], 16
    ldp x4, x5, [sp], 16
    ldp x29, x30, [sp], 16
    b 1b
    .size mw_trace_access, . - mw_trace_access
    .section .note.GNU-stack, "", %progbits
