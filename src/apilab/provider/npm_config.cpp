#include "apilab/provider/npm_config.hpp"

#include <algorithm>

namespace apilab::provider {
namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string expand(std::string_view text, const Lookup& environment) {
    std::string out;
    while (!text.empty()) {
        const auto open = text.find("${");
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) {
            return out + std::string(text);
        }
        out += text.substr(0, open);
        const auto name = text.substr(open + 2, close - open - 2);
        out += environment(name).value_or(std::string(text.substr(open, close - open + 1)));
        text.remove_prefix(close + 1);
    }
    return out;
}

}  // namespace

std::optional<std::string> clean_registry(std::string_view value) {
    value = trim(value);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front()) {
        value = trim(value.substr(1, value.size() - 2));
    }
    while (value.ends_with('/')) {
        value.remove_suffix(1);
    }
    // npm prints these where nothing is set.
    if (value.empty() || value == "undefined" || value == "null") {
        return std::nullopt;
    }
    return std::string(value);
}

std::optional<std::string> registry_of_npmrc(std::string_view text, const Lookup& environment) {
    std::optional<std::string> found;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with('[')) {
            break;
        }
        const auto equals = line.find('=');
        if (line.empty() || line.front() == ';' || line.front() == '#' ||
            equals == std::string_view::npos || trim(line.substr(0, equals)) != "registry") {
            continue;
        }
        if (auto value = clean_registry(expand(line.substr(equals + 1), environment))) {
            found = std::move(value);
        }
    }
    return found;
}

std::optional<std::string> registry_of_environment(const Lookup& environment) {
    for (const char* name : {"npm_config_registry", "NPM_CONFIG_REGISTRY"}) {
        if (const auto value = environment(name)) {
            if (auto cleaned = clean_registry(*value)) {
                return cleaned;
            }
        }
    }
    return std::nullopt;
}

}  // namespace apilab::provider
