#include "apilab/radar/cvss.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace apilab::radar {
namespace {

constexpr std::array<std::string_view, 4> words = {"low", "moderate", "high", "critical"};

/// Metrics of a vector; a lookup notes what is missing or unknown, so that one check at the end
/// suffices.
class Metrics {
public:
    explicit Metrics(std::string_view text) {
        while (!text.empty()) {
            const std::size_t slash = std::min(text.find('/'), text.size());
            const std::string_view metric = text.substr(0, slash);
            const std::size_t colon = metric.find(':');
            const bool again = std::ranges::any_of(
                list_, [&](const auto& m) { return m.first == metric.substr(0, colon); });
            if (colon == std::string_view::npos || again) {
                valid_ = false;
                return;
            }
            list_.emplace_back(metric.substr(0, colon), metric.substr(colon + 1));
            text.remove_prefix(std::min(slash + 1, text.size()));
        }
    }

    [[nodiscard]] double weight(std::string_view name,
                                std::initializer_list<std::pair<std::string_view, double>> table) {
        for (const auto& [metric, value] : list_) {
            if (metric == name) {
                for (const auto& [letter, number] : table) {
                    if (letter == value) {
                        return number;
                    }
                }
            }
        }
        valid_ = false;
        return 0;
    }
    [[nodiscard]] bool valid() const { return valid_; }

private:
    std::vector<std::pair<std::string_view, std::string_view>> list_;
    bool valid_ = true;
};

/// Appendix A of the v3.1 specification: up to one decimal, on integers so that 4.000000000000001
/// does not become 4.1.
int round_up_tenths(double score) {
    const long hundred_thousandths = std::lround(score * 100'000);
    return static_cast<int>((hundred_thousandths + 9'999) / 10'000);
}

std::optional<CvssScore> score_v3(std::string_view vector, bool version_3_0) {
    Metrics m(vector);
    const bool changed = m.weight("S", {{"U", 0}, {"C", 1}}) > 0;
    const double av = m.weight("AV", {{"N", 0.85}, {"A", 0.62}, {"L", 0.55}, {"P", 0.2}});
    const double ac = m.weight("AC", {{"L", 0.77}, {"H", 0.44}});
    const double pr =
        m.weight("PR", {{"N", 0.85}, {"L", changed ? 0.68 : 0.62}, {"H", changed ? 0.5 : 0.27}});
    const double ui = m.weight("UI", {{"N", 0.85}, {"R", 0.62}});
    const auto impact_of = [&m](std::string_view name) {
        return 1 - m.weight(name, {{"H", 0.56}, {"L", 0.22}, {"N", 0}});
    };
    const double iss = 1 - impact_of("C") * impact_of("I") * impact_of("A");
    if (!m.valid()) {
        return std::nullopt;
    }
    const double impact =
        changed ? 7.52 * (iss - 0.029) - 3.25 * std::pow(iss - 0.02, 15) : 6.42 * iss;
    if (impact <= 0) {
        return CvssScore{0};
    }
    const double exploitability = 8.22 * av * ac * pr * ui;
    const double sum = std::min((changed ? 1.08 : 1.0) * (impact + exploitability), 10.0);
    // Version 3.0 rounds up the exact number; the tolerance only hides floating point noise.
    return CvssScore{version_3_0 ? static_cast<int>(std::ceil(sum * 10 - 1e-9))
                                 : round_up_tenths(sum)};
}

std::optional<CvssScore> score_v2(std::string_view vector) {
    Metrics m(vector);
    const double av = m.weight("AV", {{"L", 0.395}, {"A", 0.646}, {"N", 1.0}});
    const double ac = m.weight("AC", {{"H", 0.35}, {"M", 0.61}, {"L", 0.71}});
    const double au = m.weight("Au", {{"M", 0.45}, {"S", 0.56}, {"N", 0.704}});
    const auto kept = [&m](std::string_view name) {
        return 1 - m.weight(name, {{"N", 0}, {"P", 0.275}, {"C", 0.660}});
    };
    const double impact = 10.41 * (1 - kept("C") * kept("I") * kept("A"));
    if (!m.valid()) {
        return std::nullopt;
    }
    const double exploitability = 20 * av * ac * au;
    const double score = impact == 0 ? 0 : (0.6 * impact + 0.4 * exploitability - 1.5) * 1.176;
    return CvssScore{static_cast<int>(std::lround(std::clamp(score, 0.0, 10.0) * 10))};
}

}  // namespace

std::string_view to_string(Severity severity) {
    return words.at(static_cast<std::size_t>(severity));
}

std::optional<Severity> parse_severity(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    if (lower == "medium") {
        return Severity::moderate;
    }
    const auto found = std::ranges::find(words, lower);
    if (found == words.end()) {
        return std::nullopt;
    }
    return static_cast<Severity>(found - words.begin());
}

std::optional<Severity> CvssScore::severity() const {
    if (tenths <= 0) {
        return std::nullopt;
    }
    if (tenths < 40) {
        return Severity::low;
    }
    if (tenths < 70) {
        return Severity::moderate;
    }
    return tenths < 90 ? Severity::high : Severity::critical;
}

std::optional<CvssScore> cvss_base_score(std::string_view vector) {
    for (const std::string_view prefix : {"CVSS:3.1/", "CVSS:3.0/"}) {
        if (vector.starts_with(prefix)) {
            return score_v3(vector.substr(prefix.size()), prefix == "CVSS:3.0/");
        }
    }
    if (vector.starts_with("CVSS:")) {
        return std::nullopt;
    }
    if (vector.starts_with('(') && vector.ends_with(')')) {
        vector = vector.substr(1, vector.size() - 2);
    }
    return score_v2(vector);
}

CvssScore midpoint(Severity severity) {
    static constexpr std::array<int, 4> tenths = {20, 55, 80, 95};
    return CvssScore{tenths.at(static_cast<std::size_t>(severity))};
}

}  // namespace apilab::radar
