#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

std::span<const ItemRule> secret_rules() {
    return {};
}

}  // namespace apilab::cli::checklist
