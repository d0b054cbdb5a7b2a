#include "apilab/observe/server_side.hpp"

#include <fmt/format.h>

#include "apilab/base/duration.hpp"

namespace apilab::observe {
namespace {

std::string what_it_did(const ServerSide& side) {
    const std::string_view committed = side.applied ? "committed, " : "";
    switch (side.reply) {
        case ServerSide::Reply::sent:
            return fmt::format("{}{}", side.status, side.applied ? ", committed" : "");
        case ServerSide::Reply::partial:
            return fmt::format("{}reply cut", committed);
        case ServerSide::Reply::lost:
            return fmt::format("{}reply lost", committed);
        case ServerSide::Reply::pending:
            return fmt::format("{}no reply yet", committed);
    }
    return {};
}

}  // namespace

std::string explain(const ServerSide& side) {
    auto text = what_it_did(side);
    if (side.held_back > Duration::zero()) {
        text += fmt::format(", held back {}", format_duration(side.held_back));
    }
    return side.fault.empty() ? text : fmt::format("{} ({})", text, side.fault);
}

}  // namespace apilab::observe
