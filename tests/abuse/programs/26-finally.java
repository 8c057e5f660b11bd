// Each finally is written out twice by the compiler, and holds the next: 2 to the power of 26 copies.
public class Main {
    static int count;

    public static void main(String[] args) {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        try { count++; } finally {
        count++;
        }}}}}}}}}}}}}}}}}}}}}}}}}}
        System.out.println(count);
    }
}
