// Precompiled while the image is made, under the name that programs include it by.
#include <bits/stdc++.h>
