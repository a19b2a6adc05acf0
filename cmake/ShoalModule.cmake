# shoal_module(NAME SOURCES a.cc ... PUBLIC target ... PRIVATE target ...)
#
# One static library of one module. PUBLIC names the modules and libraries whose types appear in the
# module's headers; PRIVATE those that only its sources use.
function(shoal_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(shoal_${name} STATIC ${ARG_SOURCES})
  target_include_directories(shoal_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(shoal_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} shoal_warnings)
endfunction()

# shoal_test(NAME SOURCES a_test.cc ... LIBS target ...)
#
# One test program of one module, its tests known to ctest one by one under the label "unit".
function(shoal_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  target_include_directories(${name}_test PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name}_test PRIVATE ${ARG_LIBS} shoal_warnings GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
