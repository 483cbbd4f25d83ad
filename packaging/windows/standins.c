/* Stand-ins for what Wine 8 lacks and Windows has; for packaging/windows/try-under-wine, never part of a bundle.

   Built three times, each into the system folder of a Wine prefix:
   -DICUUC             Windows' own ICU. Qt 6.10 and newer asks it for a converter; told that there is none, it takes UTF-8.
   -DMSCMS             Colour profiles, which Qt's platform plugin asks for when it starts.
   -DBCRYPTPRIMITIVES  The random numbers of Rust's standard library, which cryptography is written in. */

#define X __declspec(dllexport)

#ifdef ICUUC
#define NONE 4 /* U_FILE_ACCESS_ERROR */
X void *ucnv_open(const char *name, int *error) { if (error) *error = NONE; return 0; }
X const char *ucnv_getName(const void *converter, int *error) { if (error) *error = NONE; return 0; }
X const char *ucnv_getStandardName(const char *name, const char *standard, int *error) { if (error) *error = NONE; return 0; }
X void ucnv_cbToUWriteUChars(void *to, const short *text, int length, int offset, int *error) { if (error) *error = NONE; }
X void ucnv_cbFromUWriteUChars(void *from, const short **text, const short *end, int offset, int *error) { if (error) *error = NONE; }
X const char *ucnv_getAvailableName(int number) { return 0; }
X int ucnv_countAvailable(void) { return 0; }
X signed char ucnv_getMaxCharSize(const void *converter) { return 4; }
X void ucnv_getToUCallBack(const void *converter, void **action, const void **context) { *action = 0; *context = 0; }
X void ucnv_getFromUCallBack(const void *converter, void **action, const void **context) { *action = 0; *context = 0; }
X void ucnv_setToUCallBack(void) {}
X void ucnv_setFromUCallBack(void) {}
X void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
X void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
X void ucnv_toUnicode(void) {}
X void ucnv_fromUnicode(void) {}
X int ucnv_toUCountPending(const void *converter, int *error) { return 0; }
X int ucnv_fromUCountPending(const void *converter, int *error) { return 0; }
X void ucnv_reset(void *converter) {}
X void ucnv_close(void *converter) {}
#endif

#ifdef MSCMS
X void *OpenColorProfileW(void *profile, unsigned access, unsigned share, unsigned create) { return 0; }
X void *OpenColorProfileA(void *profile, unsigned access, unsigned share, unsigned create) { return 0; }
X void *WcsOpenColorProfileW(void *a, void *b, void *c, unsigned d, unsigned e, unsigned f, unsigned g) { return 0; }
X void *WcsCreateIccProfile(void *profile, unsigned options) { return 0; }
X int GetColorProfileFromHandle(void *profile, void *buffer, unsigned *size) { return 0; }
X int CloseColorProfile(void *profile) { return 1; }
#endif

#ifdef BCRYPTPRIMITIVES
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom, of advapi32 */
X BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) { return SystemFunction036(buffer, (ULONG)length); }
#endif
