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

}  // namespace apilab::sandbox
