#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

std::span<const ItemRule> write_rules() {
    return {};
}

}  // namespace apilab::cli::checklist
