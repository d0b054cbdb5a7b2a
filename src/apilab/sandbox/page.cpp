#include "apilab/sandbox/page.hpp"

#include <array>
#include <utility>

namespace apilab::sandbox {
namespace {

constexpr std::array<std::pair<std::string_view, PageFault>, 9> names{{
    {"loop", PageFault::loop},
    {"cycle", PageFault::cycle},
    {"repeat", PageFault::repeat},
    {"empty_with_token", PageFault::empty_with_token},
    {"expired", PageFault::expired},
    {"foreign_next", PageFault::foreign_next},
    {"moving", PageFault::moving},
    {"count_mismatch", PageFault::count_mismatch},
    {"incomplete", PageFault::incomplete},
}};

}  // namespace

std::string_view to_string(PageFault fault) {
    for (const auto& [name, value] : names) {
        if (value == fault) {
            return name;
        }
    }
    return "none";
}

std::optional<PageFault> page_fault_of(std::string_view text) {
    for (const auto& [name, value] : names) {
        if (name == text) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace apilab::sandbox
