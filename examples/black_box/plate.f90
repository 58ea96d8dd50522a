! SPDX-License-Identifier: Apache-2.0
!
! What is solved: an implicit step of the heat conducted in an insulated square plate with a strip of another material,
! (I + d L) u = b on a mesh of side by side cells. A task has three numbers:
!   d         diffusion number, conductivity * time step / (mesh width)^2
!   contrast  conductivity of the strip, in that of the plate
!   width     of the strip, as a fraction of the plate
! Of such a mesh no formula for the best omega is known: it depends on the largest eigenvalue of Jacobi's iteration.
module plate
  implicit none
  private
  public :: make_system, make_tasks

  integer, parameter, public :: side = 8, cells = side*side, numbers = 3
  double precision, parameter :: low(numbers) = [0.03d0, 0.03d0, 0.1d0], high(numbers) = [100d0, 30d0, 0.9d0]
  logical, parameter :: by_logarithm(numbers) = [.true., .true., .false.]

contains

  subroutine make_system(task, a, b)
    double precision, intent(in) :: task(numbers)
    double precision, intent(out) :: a(cells, cells), b(cells)
    integer :: i, j, cell
    a = 0
    do j = 1, side
      do i = 1, side
        cell = i + side*(j - 1)
        a(cell, cell) = a(cell, cell) + 1
        b(cell) = 1 + sin(0.7d0*i) * cos(1.1d0*j)
        if (i < side) call join(cell, cell + 1, conductivity(i), conductivity(i + 1))
        if (j < side) call join(cell, cell + side, conductivity(i), conductivity(i))
      end do
    end do

  contains

    double precision function conductivity(column)
      integer, intent(in) :: column
      logical :: is_strip
      is_strip = abs((column - 0.5d0)/side - 0.5d0) < task(3)/2
      conductivity = task(1) * merge(task(2), 1d0, is_strip)
    end function

    ! Two cells exchange heat through their common face: the harmonic mean of their conductivities.
    subroutine join(one, other, k_one, k_other)
      integer, intent(in) :: one, other
      double precision, intent(in) :: k_one, k_other
      double precision :: k
      k = 2*k_one*k_other/(k_one + k_other)
      a(one, one) = a(one, one) + k
      a(other, other) = a(other, other) + k
      a(one, other) = -k
      a(other, one) = -k
    end subroutine

  end subroutine

  ! Tasks first, first + 1, ... of a sequence that fills their range evenly (Roberts's, of the plastic number).
  subroutine make_tasks(first, tasks)
    integer, intent(in) :: first
    double precision, intent(out) :: tasks(:, :)
    double precision, parameter :: step(numbers) = [0.8191725133961645d0, 0.6710436067037893d0, 0.5497004779019703d0]
    double precision :: at(numbers)
    integer :: t
    do t = 1, size(tasks, 2)
      at = modulo(0.5d0 + step*(first + t - 1), 1d0)
      where (by_logarithm)
        tasks(:, t) = low*(high/low)**at
      elsewhere
        tasks(:, t) = low + (high - low)*at
      end where
    end do
  end subroutine

end module plate
