#include "apilab/base/clock.hpp"

namespace apilab {

SteadyTime RealClock::now() const {
    return std::chrono::steady_clock::now();
}

SystemTime RealClock::system_now() const {
    return std::chrono::system_clock::now();
}

}  // namespace apilab
