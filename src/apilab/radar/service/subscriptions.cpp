#include "apilab/radar/service/subscriptions.hpp"

#include <array>

namespace apilab::radar {
namespace {

constexpr std::array<std::string_view, 5> of_github{"push", "dependabot_alert", "release",
                                                    "repository_advisory", "security_advisory"};
constexpr std::array<std::string_view, 4> of_notion{"page.created", "page.moved",
                                                    "page.properties_updated", "page.undeleted"};
// What is said to the app, in a channel and between the two.
constexpr std::array<std::string_view, 2> of_slack{"app_mention", "message.im"};
constexpr std::array<std::string_view, 1> of_standard{"radar.check"};

constexpr std::array<Subscription, 4> all{
    {{"github", of_github}, {"notion", of_notion}, {"slack", of_slack}, {"standard", of_standard}}};

}  // namespace

std::span<const Subscription> subscriptions() {
    return all;
}

}  // namespace apilab::radar
