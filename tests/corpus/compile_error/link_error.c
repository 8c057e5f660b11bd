/* Compiles, and cannot be linked: nobody defines the function. */
int answer(void);

int main(void) {
    return answer();
}
