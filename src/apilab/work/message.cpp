#include "apilab/work/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace apilab::work {
namespace {

using Name = std::pair<MessageState, std::string_view>;
constexpr std::array names{
    Name{MessageState::pending, "pending"},       Name{MessageState::sending, "sending"},
    Name{MessageState::unknown, "unknown"},       Name{MessageState::applied, "applied"},
    Name{MessageState::reconciled, "reconciled"}, Name{MessageState::duplicated, "duplicated"},
    Name{MessageState::escalated, "escalated"},   Name{MessageState::failed, "failed"}};

}  // namespace

std::string_view to_string(MessageState state) {
    return std::ranges::find(names, state, &Name::first)->second;
}

std::optional<MessageState> parse_message_state(std::string_view text) {
    const auto* found = std::ranges::find(names, text, &Name::second);
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace apilab::work
