// Adds town after town; one outside the circle must lie on the edge of the next. Places are complex numbers.
#include <cmath>
#include <complex>
#include <iomanip>
#include <iostream>
#include <vector>

using Point = std::complex<double>;

int main() {
    int count;
    std::cin >> count;
    std::vector<Point> towns(count);
    for (auto& town : towns) {
        double x, y;
        std::cin >> x >> y;
        town = {x, y};
    }
    Point centre = towns[0];
    double radius = 0;
    const auto outside = [&](Point town) { return std::abs(town - centre) > radius + 1e-9; };
    for (int i = 1; i < count; ++i) {
        if (!outside(towns[i])) continue;
        centre = towns[i], radius = 0;
        for (int j = 0; j < i; ++j) {
            if (!outside(towns[j])) continue;
            centre = (towns[i] + towns[j]) / 2.0, radius = std::abs(towns[i] - towns[j]) / 2;
            for (int k = 0; k < j; ++k) {
                if (!outside(towns[k])) continue;
                const Point b = towns[j] - towns[i], c = towns[k] - towns[i];
                const Point shift = (c * std::norm(b) - b * std::norm(c)) / (std::conj(b) * c - b * std::conj(c));
                centre = towns[i] + shift, radius = std::abs(shift);
            }
        }
    }
    std::cout << std::fixed << std::setprecision(12) << radius << '\n';
}
