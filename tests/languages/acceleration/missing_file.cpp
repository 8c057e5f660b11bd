#include <iostream>
#include <cstring>
#include <nothere>
int main() {}
