#include "apilab/base/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace apilab {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// Stands for the process's environment while it lives: setenv would not make lines such as these.
class Pretended {
public:
    explicit Pretended(char** lines) : real_(environ) { environ = lines; }
    Pretended(const Pretended&) = delete;
    Pretended& operator=(const Pretended&) = delete;
    ~Pretended() { environ = real_; }

private:
    char** real_;
};

class ProcessEnvironment : public ::testing::Test {
protected:
    std::string plain_ = "A=1";
    std::string equals_ = "B=x=y";
    std::string empty_ = "C=";
    std::string again_ = "A=2";
    std::string no_value_ = "ODD";
    std::array<char*, 6> lines_{plain_.data(), equals_.data(),   empty_.data(),
                                again_.data(), no_value_.data(), nullptr};
    Pretended pretended_{lines_.data()};
};

TEST_F(ProcessEnvironment, is_copied_by_name_and_the_first_of_two_counts) {
    EXPECT_THAT(process_environment(),
                ElementsAre(Pair("A", "1"), Pair("B", "x=y"), Pair("C", "")));
}

TEST_F(ProcessEnvironment, lines_for_a_child_have_each_addition_once) {
    EXPECT_THAT(environment_lines({{"A", "mine"}, {"D", ""}}),
                ElementsAre("B=x=y", "C=", "ODD", "A=mine", "D="));
    EXPECT_THAT(environment_lines(), ElementsAre("A=1", "B=x=y", "C=", "A=2", "ODD"));
}

TEST_F(ProcessEnvironment, may_be_empty) {
    std::array<char*, 1> none{nullptr};
    const Pretended empty(none.data());
    EXPECT_TRUE(process_environment().empty());
    const Pretended cleared(nullptr);  // as after clearenv()
    EXPECT_TRUE(process_environment().empty());
    EXPECT_THAT(environment_lines({{"A", "1"}}), ElementsAre("A=1"));
}

}  // namespace
}  // namespace apilab
