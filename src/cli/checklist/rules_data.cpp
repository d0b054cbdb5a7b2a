#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

std::span<const ItemRule> data_rules() {
    return {};
}

}  // namespace apilab::cli::checklist
