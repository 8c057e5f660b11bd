// Compiles, and cannot be linked: nobody defines the function.
int answer();

int main() {
    return answer();
}
