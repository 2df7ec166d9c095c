#include "local.h"
#include <linux/smp.h>
