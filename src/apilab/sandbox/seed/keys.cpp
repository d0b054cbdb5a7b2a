#include "apilab/sandbox/seed/keys.hpp"

namespace apilab::sandbox::seed {

std::string_view key(std::string_view name) {
    for (const auto& file : keys()) {
        if (file.name.starts_with(name) && file.name.substr(name.size()) == ".pem") {
            return file.bytes;
        }
    }
    return {};
}

}  // namespace apilab::sandbox::seed
