#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

std::span<const ItemRule> limit_rules() {
    return {};
}

}  // namespace apilab::cli::checklist
