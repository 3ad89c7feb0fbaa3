// Ends at once; linked without a library.
void _start(void) {
#if defined(__x86_64__)
    __asm__ volatile("syscall" ::"a"(231), "D"(7) : "rcx", "r11", "memory");
#else
    register long number __asm__("x8") = 94, code __asm__("x0") = 7;
    __asm__ volatile("svc 0" ::"r"(number), "r"(code) : "memory");
#endif
    __builtin_unreachable();
}
