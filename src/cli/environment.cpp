#include "environment.hpp"

#include <cstdlib>

namespace apilab::cli {

std::optional<std::string> environment(std::string_view name) {
    // Read once at start-up, before any thread of ours exists.
    const char* value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value == '\0') {
        return std::nullopt;
    }
    return std::string(value);
}

}  // namespace apilab::cli
