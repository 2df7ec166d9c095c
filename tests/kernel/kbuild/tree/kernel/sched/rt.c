#include "rt_inner.h"
