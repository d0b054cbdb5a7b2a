#include "checklist/seen_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "apilab/base/ascii.hpp"

namespace apilab::cli::checklist {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<Sample> samples_of(std::string_view metrics) {
    std::vector<Sample> samples;
    for (const auto line : lines_of(metrics)) {
        const auto space = line.rfind(' ');
        if (line.starts_with('#') || space == std::string_view::npos) {
            continue;
        }
        Sample sample{.name = {}, .labels = {}, .value = 0, .line = line};
        const auto value = line.substr(space + 1);
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), sample.value);
        if (error != std::errc() || end != value.data() + value.size()) {
            continue;
        }
        const auto series = line.substr(0, space);
        const auto brace = series.find('{');
        sample.name = series.substr(0, brace);
        if (brace != std::string_view::npos && series.ends_with('}')) {
            sample.labels = series.substr(brace + 1, series.size() - brace - 2);
        }
        samples.push_back(sample);
    }
    return samples;
}

std::string_view label_of(const Sample& sample, std::string_view name) {
    const auto key = fmt::format("{}=\"", name);
    auto at = sample.labels.find(key);
    while (at != std::string_view::npos && at > 0 && sample.labels[at - 1] != ',') {
        at = sample.labels.find(key, at + 1);  // the end of a longer name
    }
    if (at == std::string_view::npos) {
        return {};
    }
    const auto from = at + key.size();
    auto to = from;
    while (to < sample.labels.size() && sample.labels[to] != '"') {
        to += sample.labels[to] == '\\' ? 2 : 1;
    }
    return sample.labels.substr(from, std::min(to, sample.labels.size()) - from);
}

std::vector<std::string_view> log_of(const Episode& episode) {
    std::vector<std::string_view> lines;
    for (const Life& life : episode.lives) {
        lines.insert(lines.end(), life.log.begin(), life.log.end());
    }
    return lines;
}

bool says(std::string_view text, std::initializer_list<std::string_view> words) {
    return says_any(text, Words(words.begin(), words.end()));
}

bool says_any(std::string_view text, Words words) {
    const auto small = ascii_lowered(text);
    return std::ranges::any_of(words, [&](std::string_view word) { return small.contains(word); });
}

std::string_view line_that_says(const Episode& episode,
                                std::initializer_list<std::string_view> words) {
    for (const auto line : log_of(episode)) {
        if (says(line, words)) {
            return line;
        }
    }
    return {};
}

}  // namespace apilab::cli::checklist
