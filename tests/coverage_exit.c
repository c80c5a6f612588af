/* Processes that scenarios share their cases among end by _exit, which leaves no profile behind. */
int __llvm_profile_write_file(void);
__attribute__((noreturn)) void __real__exit(int status);
__attribute__((noreturn)) void __wrap__exit(int status);

/* The linker puts it in _exit's place. */
/* cppcheck-suppress unusedFunction */
__attribute__((noreturn)) void __wrap__exit(int status)
{
	(void)__llvm_profile_write_file();
	__real__exit(status);
}
