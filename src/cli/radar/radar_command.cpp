// apilab radar: the group. Each of its subcommands has a file of its own.

#include "radar/radar.hpp"

namespace apilab::cli {

void add_radar(CLI::App& app, const Globals& globals, Action& action) {
    auto* group = app.add_subcommand("radar", "Which of my dependencies should I upgrade today?");
    group->require_subcommand(1);
    add_radar_check(*group, globals, action);
    add_radar_serve(*group, globals, action);
    add_radar_config(*group, globals, action);
    add_radar_jobs(*group, globals, action);
}

}  // namespace apilab::cli
