#include "telemetry.hpp"

namespace exercise {
namespace {

constexpr auto token = "APILAB_GITHUB_TOKEN";

}  // namespace

std::vector<Request> repositories(Lab& lab) {
    std::vector<Request> requests;
    for (const std::string name :
         {"hello", "util", "hooks", "left-box", "quiet", "none", "axios"}) {
        requests.push_back(bearing(secret_of(lab, token), lab.get("/github/repos/octo/" + name)));
    }
    return requests;
}

void hand_in(Lab& lab, const Telemetry& telemetry) {
    lab.hand_in("log", telemetry.log);
    lab.hand_in("metrics", telemetry.metrics.text());
    lab.number("attempts logged", occurrences(telemetry.log, "\"event\":\"attempt\""));
    lab.number("secrets logged", occurrences(telemetry.log, secret_of(lab, token).reveal()));
}

}  // namespace exercise
