#include "apilab/base/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace apilab {
namespace {

// Nobody mistypes a longer word, and the work grows with the square.
constexpr std::size_t length_max = 64;

char small(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

// Letters inserted, left out, changed, or swapped with their neighbour (optimal string alignment).
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(to.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::vector<std::size_t> row(to.size() + 1, i);
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const bool same = small(from[i - 1]) == small(to[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
            if (i > 1 && j > 1 && small(from[i - 1]) == small(to[j - 2]) &&
                small(from[i - 2]) == small(to[j - 1])) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last = std::move(last);
        last = std::move(row);
    }
    return last.back();
}

}  // namespace

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.size() > length_max) {
        return {};
    }
    std::string best;
    std::size_t allowed = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        if (const auto steps = distance(word, candidate); steps < allowed) {
            allowed = steps;
            best = candidate;
        }
    }
    return best;
}

}  // namespace apilab
