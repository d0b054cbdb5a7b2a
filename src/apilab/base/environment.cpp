#include "apilab/base/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace apilab {

Environment process_environment() {
    Environment variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view line(*entry);
        if (const auto equals = line.find('='); equals != std::string_view::npos) {
            variables.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    return variables;
}

std::vector<std::string> environment_lines(
    const std::vector<std::pair<std::string, std::string>>& additions) {
    std::vector<std::string> lines;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view line(*entry);
        const auto name = line.substr(0, line.find('='));
        if (std::ranges::none_of(additions, [&](const auto& one) { return one.first == name; })) {
            lines.emplace_back(line);
        }
    }
    for (const auto& [name, value] : additions) {
        lines.emplace_back(name).append("=").append(value);
    }
    return lines;
}

}  // namespace apilab
