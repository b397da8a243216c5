import { provideHttpClient, withInterceptors } from '@angular/common/http';
import {
  HttpTestingController,
  provideHttpClientTesting,
  type TestRequest,
} from '@angular/common/http/testing';
import { Component, type EnvironmentProviders, type Provider, type Type } from '@angular/core';
import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { provideRouter, Router, withComponentInputBinding, type Routes } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';

import { apiInterceptor } from '../app/api/api-interceptor.ts';

/** HTTP answered by the test, everything else real. */
export function consoleProviders(routes: Routes): (Provider | EnvironmentProviders)[] {
  return [
    provideRouter(routes, withComponentInputBinding()),
    provideHttpClient(withInterceptors([apiInterceptor])),
    provideHttpClientTesting(),
  ];
}

@Component({ selector: 'sw-elsewhere', template: 'elsewhere' })
export class Elsewhere {}

export interface RenderedPage {
  element: HTMLElement;
  router: Router;
  /** Lets pending work happen and the view follow. */
  settle: () => Promise<void>;
  /** The one open request to a path (query left out); throws when there is none or more than one. */
  request: (path: string, method?: string) => TestRequest;
  /** Open requests to a path, taken. */
  requests: (path: string) => TestRequest[];
  find: (testId: string) => HTMLElement;
  findAll: (testId: string) => HTMLElement[];
}

/** Renders a page at an address, as the router would. */
export async function renderPage(page: Type<unknown>, path: string, address: string): Promise<RenderedPage> {
  const routes: Routes = [
    { path, component: page },
    { path: '**', component: Elsewhere },
  ];
  TestBed.configureTestingModule({ providers: consoleProviders(routes) });
  const harness = await RouterTestingHarness.create(address);
  return handles(harness.fixture, harness.routeNativeElement);
}

/** Renders one component with the given inputs. */
export function renderComponent(component: Type<unknown>, inputs: Record<string, unknown>): RenderedPage {
  TestBed.configureTestingModule({ providers: consoleProviders([{ path: '**', component: Elsewhere }]) });
  const fixture = TestBed.createComponent(component);
  for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
  TestBed.tick();
  return handles(fixture, fixture.nativeElement);
}

function handles(fixture: ComponentFixture<unknown>, root: unknown): RenderedPage {
  if (!(root instanceof HTMLElement)) throw new Error('nothing was rendered');
  const http = TestBed.inject(HttpTestingController);
  const settle = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await fixture.whenStable();
    TestBed.tick();
  };
  const findAll = (testId: string): HTMLElement[] => [
    ...root.querySelectorAll<HTMLElement>(`[data-testid=${testId}]`),
  ];
  return {
    element: root,
    router: TestBed.inject(Router),
    settle,
    request: (path, method = 'GET') => {
      const open = http
        .match((request) => request.url === path && request.method === method)
        .filter(({ cancelled }) => !cancelled);
      const [request] = open;
      if (!request || open.length > 1) throw new Error(`${open.length} open requests: ${method} ${path}`);
      return request;
    },
    requests: (path) => http.match((request) => request.url === path),
    findAll,
    find: (testId) => {
      const [element] = findAll(testId);
      if (!element) throw new Error(`nothing has the test id ${testId}`);
      return element;
    },
  };
}
