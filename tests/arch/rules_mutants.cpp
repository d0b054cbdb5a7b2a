#include <string>
#include <tuple>
#include <utility>

#include "rules.hpp"

namespace apilab::arch {
namespace {

constexpr std::size_t fields = 6;  // name, file, old, new, program, filter

// Without the one blank on each side that belongs to the bars.
std::string_view unpadded(std::string_view text) {
    text.remove_prefix(text.starts_with(' ') ? 1 : 0);
    text.remove_suffix(text.ends_with(' ') ? 1 : 0);
    return text;
}

// At bars; `\|` is a bar of the code, `\n` the end of a line of it.
std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> all(1);
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char next = i + 1 < line.size() ? line[i + 1] : '\0';
        if (line[i] == '\\' && (next == '|' || next == 'n')) {
            all.back() += next == 'n' ? '\n' : '|';
            ++i;
        } else if (line[i] == '|') {
            all.emplace_back();
        } else {
            all.back() += line[i];
        }
    }
    for (auto& field : all) {
        field = unpadded(field);
    }
    return all;
}

std::size_t times(std::string_view text, std::string_view what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string_view::npos && !what.empty();
         at = text.find(what, at + what.size())) {
        ++count;
    }
    return count;
}

std::string complaint(const std::vector<std::string>& mutant, const Documents& documents) {
    if (mutant.size() != fields) {
        return "a mutant has six fields: name | file | old | new | program | filter";
    }
    const auto& [name, file, old, changed] = std::tie(mutant[0], mutant[1], mutant[2], mutant[3]);
    if (!documents.exists(file)) {
        return name + ": there is no " + file;
    }
    if (old == changed) {
        return name + ": changes nothing";
    }
    const auto count = times(documents.text(file), old);
    return count == 1 ? ""
                      : name + ": what it breaks stands " + std::to_string(count) + " times in " +
                            file + ", and has to stand there once";
}

}  // namespace

Violations check_mutants(const SourceFile& file, const Documents& documents) {
    Violations found;
    std::size_t number = 0;
    for (const auto line : lines_of(file.text)) {
        ++number;
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        if (auto what = complaint(fields_of(line), documents); !what.empty()) {
            found.push_back({file.path, number, std::move(what)});
        }
    }
    return found;
}

}  // namespace apilab::arch
