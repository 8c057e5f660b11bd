/* Ends well and says nothing: exit code 0 alone is never a right answer. */
int main(void) {
    return 0;
}
