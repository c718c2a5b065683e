/* mw_trace_access: appends the record (rdi, rsi) and changes no register but the flags, which its caller saves. */
    .intel_syntax noprefix
    .text
    .globl mw_trace_access
    .hidden mw_trace_access
    .type mw_trace_access, @function
mw_trace_access:
    push rax
    mov rax, [rip + mw_trace_next]
    mov [rax], rdi
    mov [rax + 8], rsi
    add rax, 16
    mov [rip + mw_trace_next], rax
    cmp rax, [rip + mw_trace_end]
    je 1f
    pop rax
    ret

/* The buffer is full. C code may change all of these, and what xsave saves: x87, SSE, AVX and AVX-512 state (mask
 * 0xe7), at most 2,696 bytes. The header of its area has to be zero beforehand. */
1:  push rbp
    mov rbp, rsp
    push rcx
    push rdx
    push rdi
    push rsi
    push r8
    push r9
    push r10
    push r11
    sub rsp, 4096
    and rsp, -64
    mov eax, 8
2:  mov qword ptr [rsp + rax * 8 + 512 - 8], 0
    dec eax
    jnz 2b
    mov eax, 0xe7
    xor edx, edx
    xsave64 [rsp]
    cld
    call mw_trace_full
    mov eax, 0xe7
    xor edx, edx
    xrstor64 [rsp]
    lea rsp, [rbp - 64]
    pop r11
    pop r10
    pop r9
    pop r8
    pop rsi
    pop rdi
    pop rdx
    pop rcx
    pop rbp
    pop rax
    ret
    .size mw_trace_access, . - mw_trace_access
    .section .note.GNU-stack, "", @progbits
