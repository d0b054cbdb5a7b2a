#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox {

std::optional<std::string_view> Incoming::param(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

void Incoming::note(std::string_view name, std::string value) const {
    if (facts != nullptr) {
        facts->insert_or_assign(std::string(name), std::move(value));
    }
}

}  // namespace apilab::sandbox
