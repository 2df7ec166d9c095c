#include <linux/smp.h>
#include "sched.h"
#include "rt.c"
#ifdef CONFIG_EXT
# include "policy_ext.c"
#elif defined(CONFIG_NET) && IS_ENABLED(CONFIG_SMP)
# include "policy_net.c"
#endif
#if 0
#endif
#ifndef CONFIG_SMP
#include "policy_up.h"
#endif
#if SOME_MACRO(x) > 3 && defined(CONFIG_NET)
#include "partly.h"
#endif
