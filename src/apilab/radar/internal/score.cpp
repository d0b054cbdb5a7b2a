#include "apilab/radar/internal/score.hpp"

namespace apilab::radar::internal {
namespace {

Point base(const ScoreInput& input) {
    switch (input.trouble) {
        case Trouble::none:
            return {};
        case Trouble::abandoned:
            return {"abandoned", 40};
        case Trouble::deprecated:
            return {"deprecated", 60};
        case Trouble::malicious:
            return {"reported as malicious", 1000};
        case Trouble::exposed:
            break;
    }
    switch (input.change) {
        case Change::in_range:
            return {"exposed, fix in range", 400};
        case Change::minor:
            return {"exposed, fix in a minor step", 300};
        case Change::major:
            return {"exposed, fix in a major step", 200};
        case Change::none:
            break;
    }
    return {"exposed, no fix", 150};
}

}  // namespace

Score score(const ScoreInput& input) {
    Score out;
    Point first = base(input);
    if (first.points == 0) {
        return out;
    }
    int full = first.points;
    out.points.push_back(std::move(first));
    if (input.trouble == Trouble::exposed) {
        full += input.worst.score.tenths;
        out.points.push_back({input.worst.words, input.worst.score.tenths});
    }
    // Tenths of tenths, so that rounding happens once, at the end.
    const int dev = input.dev ? 4 : 10;
    const int both = dev * (input.direct ? 10 : 6);
    const int after_dev = full * dev / 10;
    out.total = full * both / 100;
    if (input.dev) {
        out.points.push_back({"development only (x0.4)", after_dev - full});
    }
    if (!input.direct) {
        out.points.push_back({"transitive (x0.6)", out.total - after_dev});
    }
    return out;
}

}  // namespace apilab::radar::internal
