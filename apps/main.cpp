#include "apps/command_line.hpp"

int main(int argc, char** argv) {
    return byzgate::command_line(argc, argv);
}
